package scope

import (
	"context"

	"gorun/internal/bus"
	"gorun/internal/systemd1"
)

// ServiceProcesses asks the scope's manager for the main and the control process of a
// service. The manager signals these by themselves, even if they have moved into the scope.
// The context should have a deadline.
func (s *Scope) ServiceProcesses(ctx context.Context, service string) ([]int, error) {
	var list []int
	err := s.ask(ctx, "ask about "+service+" for", func(conn *bus.Conn) error {
		list = nil
		for _, name := range []string{"MainPID", "ControlPID"} {
			var pid uint32
			if err := systemd1.Get(ctx, conn, service, systemd1.Service, name, &pid); err != nil {
				return err
			}
			if pid != 0 {
				list = append(list, int(pid))
			}
		}
		return nil
	})
	return list, err
}
