"""SQL over HTTP, as every version of pyoso asks for it."""
