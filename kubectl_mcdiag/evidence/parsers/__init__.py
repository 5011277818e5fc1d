"""One module per kind of output: the record and `parse(text)`. Only `ParseError` is ever raised."""
