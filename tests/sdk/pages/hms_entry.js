// The SDK has no script for a page of its own; esbuild resolves "hms" to the version that is bundled.
import { HMSReactiveStore, selectRoomState } from "hms";

Object.assign(window, { HMSReactiveStore, selectRoomState });
