"""Audio and video: what each vendor's SDK takes as ICE servers, and the TURN server. Pure."""
