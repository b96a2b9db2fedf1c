"""What every compiled experiment shares: data, random streams, optimisers, events. Written by clipx, the same in every package."""
