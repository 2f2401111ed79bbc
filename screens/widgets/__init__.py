"""The widgets of the office: bars, lists, forms and dialogs. They hold no truth and know no rule."""
