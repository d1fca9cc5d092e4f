// Command fit sets the scores of the stock rules from mail.
//
//	go run ./rules/fit            judge by cross-validation, write nothing
//	go run ./rules/fit -write     fit on all mail and write rules/stock/99_scores.cf
//
// Each stock rule has a score by judgement, beside the rule. Fit moves it, within bounds that depend on the judged score
// alone, to where a logistic regression over whole mails separates wanted from unwanted best; a penalty pulls every
// score back to its judgement, so that what little evidence there is moves little. A rule that hits no or hardly any
// mail of the corpora keeps its judged score. See docs/stock.md for how and how well.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	shared := flag.String("shared", "", "folder with the corpora (default $WEIR_SHARED, else ../shared)")
	folds := flag.Int("folds", 5, "parts of the cross-validation")
	write := flag.Bool("write", false, "fit on all mail and write rules/stock/"+scoresFile)
	hits := flag.Bool("hits", false, "also list the rules with what they hit")
	worst := flag.Int("worst", 0, "also list so many wanted mails, those with the highest scores, and what they hit")
	flag.Parse()
	if err := run(corpora(*shared), *folds, *write, *hits, *worst); err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

// corpora is the folder with mail of both kinds.
func corpora(shared string) string {
	if shared == "" {
		shared = os.Getenv("WEIR_SHARED")
	}
	if shared == "" {
		shared = filepath.Join("..", "shared")
	}
	return filepath.Join(shared, "corpora")
}

func run(dir string, folds int, write, hits bool, worst int) error {
	if folds < 2 {
		return fmt.Errorf("-folds %d: cross-validation needs 2 or more", folds)
	}
	set, features, err := judgement()
	if err != nil {
		return err
	}
	mails, err := readAll(dir, set, features)
	if err != nil {
		return err
	}
	held := crossValidate(mails, features, folds)
	fitted := fit(mails, features)
	report(os.Stdout, mails, held, folds)
	reportWorst(os.Stdout, mails, features, fitted, held, worst)
	if hits {
		reportHits(os.Stdout, mails, features, fitted)
	}
	if !write {
		return nil
	}
	return writeScores(filepath.Join("rules", "stock", scoresFile), mails, features, fitted)
}
