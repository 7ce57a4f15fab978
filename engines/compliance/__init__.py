"""Whether the rules of a design's markets can be kept together, and by which storage strategy."""
