"""The rooms' memory: how it went for everybody of every protocol, and how the server looks back at it.

`visits` and `measuring` collect what the server sees, `intake` takes what clients report, `writer` stores all of it
behind the event loop's back, and `questions` answers from it. specs/monibuca-rooms.md §9.
"""
