package rules

import "weir/rules/problem"

// Problem, Problems and Level are those of package problem: what is to be known of a line of a rules file.
type (
	Problem  = problem.Problem
	Problems = problem.Problems
	Level    = problem.Level
)

// The levels.
const (
	Error   = problem.Error
	Warning = problem.Warning
	NotRun  = problem.NotRun
	Note    = problem.Note
)
