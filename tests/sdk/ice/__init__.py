"""The ICE servers that `/-/ice` answers, given to the vendors' own SDKs in Chromium.

What an SDK makes of them is what it hands to RTCPeerConnection; `pages/ice.js` notes that.
"""
