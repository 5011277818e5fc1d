"""The path of a call: its hops in order, one to a module, each judged by what the proxies really hold."""
