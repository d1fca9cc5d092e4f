package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
)

// warmUp messages are sent before the clock starts.
const warmUp = 100

// results are the samples of each system under each load, in the order of the rounds.
type results map[string]map[load][]sample

func measure(ctx context.Context, c *client, systems []*system, rounds int) (results, error) {
	r := results{}
	for _, s := range systems {
		r[s.name] = map[load][]sample{}
	}
	for round := range rounds {
		for _, l := range loads {
			for _, s := range systems {
				one, err := c.send(ctx, s, l, min(warmUp, c.limit))
				if err != nil {
					return nil, err
				}
				r[s.name][l] = append(r[s.name][l], one)
			}
		}
		fmt.Fprintf(os.Stderr, "round %d of %d done\n", round+1, rounds)
	}
	return r, nil
}

// median of what pick takes out of the samples.
func median(samples []sample, pick func(sample) float64) float64 {
	values := make([]float64, 0, len(samples))
	for _, s := range samples {
		values = append(values, pick(s))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func rate(s sample) float64 { return s.Rate }
func p50(s sample) float64  { return s.P50 }
func p99(s sample) float64  { return s.P99 }

// ratios gives, round by round, a system's rate over Postfix's: the median, the least and the greatest.
func ratios(of, over []sample) string {
	if len(over) == 0 {
		return "-"
	}
	var values []float64
	for i := range of {
		values = append(values, of[i].Rate/over[i].Rate)
	}
	slices.Sort(values)
	return fmt.Sprintf("%.2f (%.2f-%.2f)", values[len(values)/2], values[0], values[len(values)-1])
}

func printTable(out io.Writer, systems []*system, r results) {
	load, _ := os.ReadFile("/proc/loadavg") // absent but on Linux
	fmt.Fprintf(out, "\nLoad of the machine (with this run's own): %.14s. Measure on a quiet one.\n", load)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, l := range loads {
		fmt.Fprintf(w, "\n%s\n\tmessages/s\tp50 ms\tp99 ms\tadded p50 ms\tCPU ms/message\tmessages/s over Postfix (min-max)\n", l)
		base := median(r[direct][l], p50)
		for _, s := range systems {
			of := r[s.name][l]
			fmt.Fprintf(w, "%s\t%.0f\t%.3f\t%.3f\t%.3f\t%.3f\t%s\n", s.name, median(of, rate), median(of, p50), median(of, p99),
				median(of, p50)-base, median(of, sample.cpu), ratios(of, r[postfix][l]))
		}
	}
	_ = w.Flush() // standard output
	fmt.Fprintln(out, "\nEvery mail was accepted, and arrived byte for byte but for the fields a system adds or removes.")
}
