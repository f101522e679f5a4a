"""gunicorn reads this file from the folder it starts in; the address comes from the command."""

workers = 2
threads = 4
accesslog = "-"
# Nobody reloads workers by hand here, and the container's user has no home for the socket.
control_socket_disable = True
