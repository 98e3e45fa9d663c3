"""What operators do: corrections by one or two, queues, who they are."""
