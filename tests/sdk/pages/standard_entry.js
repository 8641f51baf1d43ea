// SDKs that have no script for a page of their own.
import adapter from "webrtc-adapter";
import Janus from "janus-gateway";
import { Device } from "mediasoup-client";

Object.assign(window, { adapter, Janus, Device });
