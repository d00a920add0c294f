"""Dashboards as Grafana reads them: made with Grafana's own builders, so that their form is right by type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import DataSourceRef, Threshold, ThresholdsMode

from deploy.observability.board import Board, Kind, Panel

#: The data source that Grafana's provisioning calls so; its link of `trace_id` to Jaeger is set there.
SOURCE: Final = DataSourceRef(type_val="prometheus", uid="prometheus")
_HEIGHT: Final = 8
_NUMBER_HEIGHT: Final = 4
_REFS: Final = "ABCDEFGH"


def rendered(board: Board) -> str:
    """Return a dashboard's JSON; the same for the same board."""
    made = (
        dashboards.Dashboard(board.title)
        .uid(board.name)
        .description(board.says)
        .tags(["sextant"])
        .readonly()
        .refresh("10s")
        .time("now-30m", "now")
        .timezone("utc")
    )
    for row in board.rows:
        made = made.with_row(dashboards.Row(row.title))
        for panel in row.panels:
            made = made.with_panel(_number(panel) if panel.kind is Kind.NUMBER else _graph(panel))
    return JSONEncoder(sort_keys=True, indent=2).encode(made.build()) + "\n"


def _graph(panel: Panel) -> timeseries.Panel:
    made = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.says)
        .datasource(SOURCE)
        .unit(panel.unit.value)
        .span(panel.width)
        .height(_HEIGHT)
        .line_width(1)
        .fill_opacity(8)
        .legend(
            common_builders.VizLegendOptions()
            .show_legend(True)
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
        )
    )
    for target in _targets(panel):
        made = made.with_target(target)
    return made


def _number(panel: Panel) -> stat.Panel:
    made = (
        stat.Panel()
        .title(panel.title)
        .description(panel.says)
        .datasource(SOURCE)
        .unit(panel.unit.value)
        .span(panel.width)
        .height(_NUMBER_HEIGHT)
    )
    if panel.bad_above is not None:
        steps = [Threshold(None, "green"), Threshold(panel.bad_above + 1e-9, "red")]
        made = made.thresholds(dashboards.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    for target in _targets(panel):
        made = made.with_target(target)
    return made


def _targets(panel: Panel) -> Iterator[prometheus.Dataquery]:
    for ref, query in zip(_REFS, panel.queries, strict=False):
        yield (
            prometheus.Dataquery()
            .ref_id(ref)
            .expr(query.expr)
            .legend_format(query.legend or "__auto")
            .exemplar(query.has_exemplars)
            .datasource(SOURCE)
        )
