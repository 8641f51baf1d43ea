// What the page of ACS chat needs of the SDK; esbuild resolves "acschat" to the version that is bundled.
import { ChatClient } from "acschat";
import { AzureCommunicationTokenCredential } from "@azure/communication-common";

Object.assign(window, { AzureCommunicationTokenCredential, ChatClient });
