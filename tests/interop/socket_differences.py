DIFFERENCES = {"v4": {}, "v6": {}, "across": {}}
