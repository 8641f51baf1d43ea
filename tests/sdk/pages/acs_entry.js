// What the ACS page needs of the SDK; esbuild resolves "acs" to the version that is bundled.
import { CallClient } from "acs";
import { AzureCommunicationTokenCredential } from "@azure/communication-common";

window.ACS = { CallClient, AzureCommunicationTokenCredential };
