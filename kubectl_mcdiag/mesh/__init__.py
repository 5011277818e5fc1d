"""What the mesh is: each fact is a function of a `View` that returns a value or raises `Unavailable`."""
