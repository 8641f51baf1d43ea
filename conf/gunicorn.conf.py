# For those who start gunicorn themselves:
#
#     SIGPROXY_CONFIG=/etc/sigproxy/sigproxy.toml gunicorn -c conf/gunicorn.conf.py
#
# `sigproxy serve` does the same, checks more before it starts, hands over on HUP, and keeps the
# running configuration where HUP finds a bad one; gunicorn on its own ends then. Whatever is set
# below the update wins over what sigproxy derives from its own configuration.
import os
import sys

from sigproxy.config import ConfigError, load
from sigproxy.service.gunicorn_app import config_path
from sigproxy.service.options import options

wsgi_app = "sigproxy.service.gunicorn_app:from_environment"
try:
    globals().update(options(load(config_path(), os.environ)))
except ConfigError as error:
    sys.exit(str(error))
