module kubectl-mcdiag/lab/hello

go 1.24.0
