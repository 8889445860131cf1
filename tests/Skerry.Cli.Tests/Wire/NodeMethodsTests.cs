using System.Reflection;
using Google.Protobuf.Reflection;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Tests.Wire;

public sealed class NodeMethodsTests
{
    [Fact]
    public void Every_method_of_the_wire_is_there_with_its_own_messages()
    {
        var wire = new[] { PodsReflection.Descriptor, ImagesReflection.Descriptor, NodeReflection.Descriptor, GuardReflection.Descriptor }
            .SelectMany(file => file.Services).SelectMany(service => service.Methods)
            .Select(method => $"/{method.Service.FullName}/{method.Name} {method.InputType.ClrType.Name} {method.OutputType.ClrType.Name}")
            .Order(StringComparer.Ordinal);
        var mine = typeof(NodeMethods).GetProperties(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(property => (property.PropertyType.GenericTypeArguments, Path: (string)property.PropertyType
                .GetProperty("Path", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!.GetValue(property.GetValue(null))!))
            .Select(m => $"{m.Path} {m.GenericTypeArguments[0].Name} {m.GenericTypeArguments[1].Name}")
            .Order(StringComparer.Ordinal);
        Assert.Equal(wire, mine);
    }
}
