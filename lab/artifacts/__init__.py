"""What the lab runs on: programs, images and the image store, each built once per set of inputs."""
