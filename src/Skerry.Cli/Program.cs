using Skerry.Cli.Commands;
using Skerry.Linux.Terminals;

StandardStream.OpenMissing();
return EntryPoint.Run(args);
