// What the ZEGO page needs of the SDK; esbuild resolves "zego" to the version that is bundled.
import { ZegoExpressEngine } from "zego";

window.ZegoExpressEngine = ZegoExpressEngine;
