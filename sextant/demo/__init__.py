"""The whole platform on one machine: real servers, simulated or recorded venues, every service a process, and a report at the end."""
