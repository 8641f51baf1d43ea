# For operators who start gunicorn themselves:
#
#     SIGPROXY_CONFIG=/etc/sigproxy/sigproxy.toml gunicorn -c conf/gunicorn.conf.py
#
# `sigproxy serve` does the same, and more: it checks more at the start, reloads on HUP without an
# interruption, and ignores a wrong configuration then; gunicorn alone would exit. Settings that you
# add below the update override those that sigproxy derives from its configuration.
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
