# For those who start gunicorn themselves:
#
#     SIGPROXY_CONFIG=/etc/sigproxy/sigproxy.toml gunicorn -c conf/gunicorn.conf.py
#
# `sigproxy serve` does the same and checks more before it starts. Whatever is set below the
# update wins over what sigproxy derives from its own configuration.
import os

from sigproxy.config import load
from sigproxy.service import config_path, options

wsgi_app = "sigproxy.service:from_environment"
globals().update(options(load(config_path(), os.environ)))
