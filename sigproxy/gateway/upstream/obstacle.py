"""Why nothing gets from this machine to a name server, which c-ares calls its silence."""

import socket

REFUSED = "refused the connection or cannot be reached"
_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV  # nothing is looked up


def obstacle(address: str) -> str:
    """Return why nothing gets from here to *address*; "" if the kernel knows of nothing."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect(socket.getaddrinfo(host, int(port), family, flags=_NUMERIC)[0][4])
            sock.send(b"")
            sock.recv(1)  # what ICMP says on this machine, at once
    except BlockingIOError:
        return ""
    except ConnectionRefusedError:
        return REFUSED
    except PermissionError:
        return "cannot be reached: this machine's own firewall lets nothing out to it"
    except OSError as error:
        return f"cannot be reached: {(error.strerror or str(error)).lower()}"
    return ""
