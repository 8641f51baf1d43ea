"""Azure Communication Services, in the public and the government clouds, and its neighbours."""

from sigproxy.presets.preset import Host, Preset

_WIRE = "wire 2026-11-21, @azure/communication-calling 2.0.0 and 1.25.1"
_CODE = "code 2026-11-21, @azure/communication-calling 2.0.0"

ACS = Preset(
    name="acs",
    title="Azure Communication Services, calling",
    dialect="path",
    # docs: Microsoft Learn, "Network recommendations" (Firewall configuration) lists *.skype.com,
    # *.microsoft.com, *.azure.net and more; these are the names below them that the SDK uses.
    hosts=(
        # ecs, go.trouter, go-eu.trouter, registrar, auth.relay, global.mtgw.prod; trouter hands
        # out pub-*.trouter.communication.microsoft.com.
        Host(
            "*.communication.microsoft.com",
            "configuration, trouter, registrar, relay tokens",
            _WIRE,
        ),
        # api.flightproxy, edge, api.cc, api.userstore, prod.registrar (SDK 1.25); call setup
        # hands out more.
        Host("*.skype.com", "call setup and call control, TURN credentials", _WIRE),
        # {ic3,eu-ic3,teams,eu-teams,tb,pf,browser}.events.data.microsoft.com
        Host("*.events.data.microsoft.com", "telemetry", _WIRE),
        # config, teams, api.flightproxy, go.trouter; a wildcard excludes the name itself.
        Host("*.teams.microsoft.com", "configuration and call control on Teams hosts", _WIRE),
        Host("teams.microsoft.com", "configuration and call control on Teams hosts", _WIRE),
        # prod.mediabroker.communications.svc.cloud.microsoft; only Microsoft can register names
        # below .microsoft.
        Host("*.svc.cloud.microsoft", "media broker", _WIRE),
        Host("*.static.microsoft", "static files", _WIRE),
        # The first also with a region in front: emea, jpc.
        Host("pptservicescast.officeapps.live.com", "PowerPoint Live", _CODE),
        Host("*.pptservicescast.officeapps.live.com", "PowerPoint Live", _CODE),
        Host("statics.teams.cdn.office.net", "static files", _CODE),
        Host("res.cdn.office.net", "static files", _CODE),
        Host("api.userstore-dev.skype.net", "user settings", _CODE),
    ),
    essential=(
        "ecs.communication.microsoft.com",
        "go.trouter.communication.microsoft.com",
        "registrar.communication.microsoft.com",
        "edge.skype.com",
        "api.flightproxy.skype.com",
    ),
    # docs: the same page (Firewall configuration), and "Proxy your calling traffic"
    media=(
        "Microsoft's relays, UDP 3478-3481 and TCP 443, or a TURN server of your own that the app "
        "names (networkConfiguration.turn on the web, setIceServers on Android)."
    ),
)

ACS_GOV = Preset(
    name="acs-gov",
    title="Azure Communication Services, US government clouds",
    dialect="path",
    hosts=(
        # config.ecs.gov, go.trouter.gov and gov itself (the registrar), with a gcch token; dod
        # likewise, in the SDK's code.
        Host("*.teams.microsoft.us", "configuration, trouter, registrar, call control", _WIRE),
        Host("*.teams.eaglex.ic.gov", "the same in an air-gapped cloud", _CODE),
        Host("*.teams.microsoft.scloud", "the same in an air-gapped cloud", _CODE),
        # With a gcch token the SDK asks these hosts of the public cloud as well, until its
        # configuration names others.
        Host("ecs.communication.microsoft.com", "configuration, before the token is known", _WIRE),
        Host("edge.skype.com", "TURN credentials", _WIRE),
        Host("*.flightproxy.skype.com", "call setup", _WIRE),
        Host("*.events.data.microsoft.com", "telemetry", _WIRE),
    ),
    essential=(
        "config.ecs.gov.teams.microsoft.us",
        "go.trouter.gov.teams.microsoft.us",
        "gov.teams.microsoft.us",
        "edge.skype.com",
        "api.flightproxy.skype.com",
    ),
    media="That cloud's relays, or a TURN server of your own, as in the public cloud.",
)

AZURE = Preset(
    name="azure",
    title="Azure: Communication Services chat, Web PubSub, SignalR Service",
    dialect="path",
    hosts=(
        Host(
            "*.communication.azure.com",
            "chat: threads and messages, tokens",
            "wire 2026-11-28, @azure/communication-chat 1.6.0",
        ),
        Host(
            "*.webpubsub.azure.com",
            "Web PubSub",
            "wire 2026-11-28, @azure/web-pubsub-client 1.0.4",
        ),
        Host(
            "*.service.signalr.net",
            "SignalR Service, named by the app's own answer",
            "wire 2026-11-28, @microsoft/signalr 10.0.11",
        ),
    ),
    essential=("resource.communication.azure.com",),
    media="None: these carry messages. Chat's notifications come by the hosts of `acs`.",
    assigned=("resource.communication.azure.com",),
)
