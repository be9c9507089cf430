"""x"""
def require_files(n): 
    from observer.errors import ConfigError
    raise ConfigError("no files match the pattern")
