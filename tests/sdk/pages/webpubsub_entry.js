// The SDK has no script for a page of its own; esbuild resolves "webpubsub" to the version that is bundled.
import { WebPubSubClient } from "webpubsub";

Object.assign(window, { WebPubSubClient });
