package main

import (
	"strings"
	"testing"
)

func TestDevslackListensToThisMachineOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:8091", ":8091", "192.0.2.1:8091", "example.gov:8091", "8091"} {
		cmd := devslackCmd{Listen: address}
		if err := cmd.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "listen at 127.0.0.1") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestDevslackSaysWhatToConfigure(t *testing.T) {
	var out strings.Builder
	describeSlack(&out, "127.0.0.1:8091")
	for _, want := range []string{"http://127.0.0.1:8091/api/", "xoxb-", "xapp-", "TOWNCLERK_SLACK_SIGNING_SECRET", "T0RIVERTON"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}
