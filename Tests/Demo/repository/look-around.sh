#!/bin/sh
# What an agent finds when it tries to get out.
echo "who I am:             uid $(id -u), capabilities $(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)," \
    "of $(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status) that could ever be had"
echo "network interfaces:   $(sed '1,2d; s/:.*//; s/ //g' /proc/net/dev | tr '\n' ' ')"
echo "a name:               $(curl -sS --max-time 10 https://example.com 2>&1)"
echo "an address:           $(curl -sS --max-time 10 http://192.0.2.1 2>&1)"
echo "the engine's socket:  $(cat /var/run/docker.sock 2>&1)"
echo "the system's files:   $( (echo x >/usr/bin/git) 2>&1)"
echo "a remote to push to:  $(git remote -v | wc -l)"
