"""Pictures made by rule: people, cameras, screens and prints. Nothing here is imported until it is asked for.

People (start at `heads`)
    heads        render a person, or draw a whole scene     identity     shape, skin, hair, dress
    lighting     lamps, room light, exposure                background   rooms, streets, given pictures
    scene        framing, expression, metering              geometry     poses, frames, landmarks
    pinhole      the ideal camera                           record       the numbers the kernels read
    kernel       the two compiled entries                   compiled     how kernels are compiled
    face hair garments figure sdf                           shapes as signed distances
    marching shading complexion fabric noise                rays, light, colour, pattern
    room furniture clutter                                  what stands behind a person

Cameras
    camera       the whole chain from light to file         devices      named cameras
    optics sensor isp codec settings light sampling         its stages, left to right

Photographs of photographs (start at `recapture`)
    recapture    on a screen, on paper, or not at all       framing sheet layers surroundings
    screens panel                                           displays
    prints halftone paper                                   printers
"""

from __future__ import annotations
