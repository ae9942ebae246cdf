"""The bars of the service, each measured against a running ``liveliness serve`` on loopback.

served.py   the service in a process of its own: start, ask, processor time, memory, stop, kill
photos.py   what is sent: 720x1280 photos of rendered people, hostile uploads
clients.py  clients side by side, and what they saw
away.py     an external API that is away in four ways
bars.py     one function for each bar; `benchmarks.service` runs them and keeps the page
"""
