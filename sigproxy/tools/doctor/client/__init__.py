"""``sigproxy doctor https://gateway[/KEY]``: the way to a gateway, as an app has to take it."""
