# Read by steps of the Dockerfile that fetch packages: this machine's configuration of apt, pip and npm and its
# certificates, where they were handed to the build as secrets. None of it stays in a layer.
# shellcheck shell=sh
secrets=/run/secrets
[ ! -f "$secrets/apt" ] || export APT_CONFIG="$secrets/apt"
[ ! -f "$secrets/pip" ] || export PIP_CONFIG_FILE="$secrets/pip"
[ ! -f "$secrets/npm" ] || export NPM_CONFIG_USERCONFIG="$secrets/npm"
if [ -f "$secrets/certificates" ]; then
    export PIP_CERT="$secrets/certificates" NODE_EXTRA_CA_CERTS="$secrets/certificates"
    export SSL_CERT_FILE="$secrets/certificates"
fi
export DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
