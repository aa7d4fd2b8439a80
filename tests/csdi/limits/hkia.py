"""The three runways of HKIA as published in open sources, for tests."""

from csdi.limits import Runway, RunwayEnd

RUNWAYS = (
    Runway((RunwayEnd("07L", (805752.8, 820259.3), 7.10, 174.7, 7.10), RunwayEnd("25R", (809347.1, 821496.5), 7.04, 174.6, 7.04))),
    Runway((RunwayEnd("07C", (807366.5, 819074.5), 6.7, 172.0), RunwayEnd("25C", (810959.1, 820311.4), 7.0, 177.0))),
    Runway((RunwayEnd("07R", (807528.5, 817501.6), 8.5, 160.0), RunwayEnd("25L", (811121.4, 818738.7), 8.2))),
)
LEVEL = 8.53
