"""From an incoming photo to a verdict that can be explained.

==============  =====================================================================
`judge`         detector -> quality gate -> classifier -> real / not sure / fake / retake
`evaluate`      a labelled data set through a judge: ISO rates, calibration, parts, worst mistakes
`protocol`      several detectors on one data set, each with its threshold; `compare`: their paired differences
`cross_domain`  leave a device, an attack, a source out; simulated to real; `optimism_panel`: what carelessness buys
`limits`        teach a model what it has never seen
==============  =====================================================================
"""
