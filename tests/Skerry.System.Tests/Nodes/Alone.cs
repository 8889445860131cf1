using Skerry.System.Tests.Nodes;

// Each test counts what is on the machine, and daemons of two tests would take the processor from each other.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
[assembly: AssemblyFixture(typeof(TestRegistry))]
