"""What the rooms share: the model, the messages, the ports, their adapters, queries and the API's conventions."""
