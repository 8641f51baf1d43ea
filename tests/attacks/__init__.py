"""Attacks on `sigproxy serve` as a process, each with a figure that it must not exceed.

`make attacks` plays them whole and judges; `make test` plays the same with smaller amounts.
"""
