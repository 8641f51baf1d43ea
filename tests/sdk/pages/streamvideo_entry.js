// The SDK has no script for a page of its own; esbuild resolves "streamvideo" to the version that is bundled.
import { StreamVideoClient } from "streamvideo";

Object.assign(window, { StreamVideoClient });
