"""The records that tell a step of an order: the same whether a journal or the fused line keeps them."""

from __future__ import annotations

from services.execution.domain.events import Step
from services.execution.journal import Context, Draft
from services.execution.messages import fill_draft, order_draft
from services.execution.tracing import OrderTrace


def drafts_of(
    step: Step, context: Context, trace: OrderTrace, *, writer_epoch: int, now_ns: int
) -> list[Draft]:
    """Return the records: fills first, so that a final state never precedes them. Adds the spans of the fills."""
    order, drafts = step.order, []
    for fill in step.fills:
        below = trace.fill(context.trace, order, fill, now_ns)
        drafts.append(fill_draft(order, fill, context, trace=below, now_ns=now_ns))
    drafts.append(order_draft(order, context, writer_epoch=writer_epoch, now_ns=now_ns))
    return drafts
