namespace Analytics.AppHost.Publishing.Aws.CloudFormation;

/// <summary>
/// The properties of a kind of resource. Every public property is written under its own name in the order of declaration; null is left out. The
/// names and types are held against CloudFormation's specification by the tests.
/// </summary>
internal interface IResourceProperties
{
    /// <summary>The kind: <c>AWS::EC2::VPC</c>.</summary>
    string Type { get; }
}
