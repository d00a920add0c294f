"""Makes what the chart holds beside its templates: the registry's file, the schema of its values, their page, plain manifests."""
