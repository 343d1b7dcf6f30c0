"""The parts the Trainyard program is built from: ground, stages and loops, one component a file."""
