//go:build race

package parse_test

func init() { raceDetector = true }
